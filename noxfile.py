"""The one door: every check that a developer or CI runs. ``nox -l`` lists the sessions."""

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "imports", "tests"]

PYPROJECT = nox.project.load_toml("pyproject.toml")


def _install(session: nox.Session, group: str) -> None:
    session.install("-e", ".[virtual]", *nox.project.dependency_groups(PYPROJECT, group))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, those of the tests too."""
    _install(session, "types")
    session.run("mypy", "fwrelease", "hil", "tests", "tools", "noxfile.py")


@nox.session
def imports(session: nox.Session) -> None:
    """Check the layers of the architecture."""
    _install(session, "imports")
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests that need nothing but Python; arguments go to pytest."""
    _install(session, "test")
    # Four workers on two cores: half of the time is spent waiting for boards and processes.
    session.run("pytest", *(session.posargs or ["-n", "4", "--dist", "worksteal"]))


@nox.session
def system(session: nox.Session) -> None:
    """Run what needs system packages: .ci/run says which to install."""
    _install(session, "system")
    session.run("pytest", "-m", "system", *session.posargs)


@nox.session
def thorough(session: nox.Session) -> None:
    """Run the further cases of what the default tests show in one."""
    _install(session, "test")
    session.run("pytest", "-m", "thorough", *(session.posargs or ["-n", "3"]))


@nox.session
def kills(session: nox.Session) -> None:
    """Kill campaigns at fifty random moments."""
    _install(session, "test")
    session.run("pytest", "-m", "kills", "-n", "3", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Run the table of planted faults, 30 seeds a cell; arguments: --seeds N, --cell NAME."""
    _install(session, "test")
    # Six workers on two cores: most of the time is spent waiting for boards that are ill.
    session.run(
        "pytest", "tests/faults", "-m", "faults", "-n", "6", "--seeds", "30", *session.posargs
    )


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Measure console, idle rigs and transfers beside bare pyserial; arguments: --help."""
    _install(session, "benchmark")
    session.run("python", "-m", "tests.benchmarks", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the tests and show what they do not reach."""
    _install(session, "test")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "combine")
    session.run("coverage", "report")


@nox.session
def firmware(session: nox.Session) -> None:
    """Rebuild every committed firmware image; fail if a byte differs."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "firmware"))
    session.run("python", "tools/build_firmware.py", *(session.posargs or ["--check"]))


@nox.session
def changelog(session: nox.Session) -> None:
    """Show what the next changelog entry would say."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "changelog"))
    session.run("towncrier", "build", "--draft", "--version", "next")
