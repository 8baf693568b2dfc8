"""``python -m hil.virtual DIR``: be the adapter of the virtual rig in DIR, until stdin ends."""

import sys
from collections.abc import Sequence
from importlib import util
from pathlib import Path

from hil.virtual.refusal import Refused

_REFUSED_EXIT = 2


def _folder(arguments: Sequence[str]) -> Path:
    if len(arguments) != 1:
        raise Refused("usage: python -m hil.virtual DIR, where DIR holds a rig.json")
    return Path(arguments[0])


def _check_host() -> None:
    """Refuse a host that cannot carry a virtual rig.

    Raises:
        Refused: it has no ptys, or the engine is not installed.
    """
    if sys.platform == "win32":
        raise Refused("a virtual rig needs ptys, which Windows has not: run it on Linux or macOS")
    # Looked for, not imported: only the board process loads it.
    if util.find_spec("unicorn") is None:
        raise Refused("a virtual rig needs the engine: pip install 'fwrelease[virtual]'")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the adapter; return 2 with one sentence on stderr when it cannot be."""
    try:
        folder = _folder(sys.argv[1:] if argv is None else argv)
        _check_host()
        from hil.virtual import adapter  # noqa: PLC0415 - its modules do not exist on Windows

        adapter.run(folder)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return _REFUSED_EXIT
    return 0


if __name__ == "__main__":
    sys.exit(main())
