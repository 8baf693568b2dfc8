"""Fleet: keep what is offered in step with the ledger, and show what runs in the field."""

from fwrelease.interfaces import Census, Fleet, View
from fwrelease.rollout.offer import offers_in_force
from fwrelease.services.workspace import Workspace
from fwrelease.store.rollout_record import list_rollouts


def sync_offers(view: View, fleet: Fleet) -> None:
    """Offer exactly what the ledger says.

    Every command that touches the fleet begins and ends with this, so a command that was killed
    after its event was recorded is finished by the next one.
    """
    records = list_rollouts(view)
    fleet.offer(offers_in_force((record.rollout, record.cohorts) for record in records))


def show_fleet(workspace: Workspace, fleet: Fleet) -> Census:
    """Return what the devices of the fleet run."""
    with workspace.read() as view:
        sync_offers(view, fleet)
    return fleet.census()
