"""Why: one page on what holds a build back, context by context, and who acts; records nothing."""

from dataclasses import dataclass

from fwrelease.gates.gate import Decision, decide
from fwrelease.gates.policy import Policy, PolicyFound
from fwrelease.interfaces import Head
from fwrelease.services.gate import gather
from fwrelease.services.workspace import Workspace

_ANY_CONTEXT = "ring:*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuses:
    """How a build stands in every context, and the head of the ledger that it was read at."""

    version: str
    decisions: tuple[Decision, ...]
    head: Head


def explain(workspace: Workspace, policy: PolicyFound, *, version: str) -> Excuses:
    """Return how build ``version`` stands in every context of the policy.

    Raises:
        UsageFault: the build is not registered.
    """
    known = tuple(policy.contexts) if isinstance(policy, Policy) else ()
    now = workspace.clock.now()
    with workspace.read() as view:
        decisions = tuple(
            decide(gather(workspace, view, policy, version=version, context=context, now=now))
            for context in known or (_ANY_CONTEXT,)
        )
        return Excuses(version=version, decisions=decisions, head=view.head())
