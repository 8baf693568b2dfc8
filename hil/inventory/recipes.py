"""Recipes: what is known of common flashing tools, filled in where a board's YAML names one.

A recipe holds the keys of a ``tool`` flasher; those of the board come before them. Its ``needs``
are values that only the board can tell, given under ``with``; its own ``with`` are defaults. Its
``read_back`` becomes the board's proof where the board names none.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hil.errors import UsageFault
from hil.inventory.document import Document, Mistake
from hil.inventory.placeholder import fill_all

_NOT_KEYS = ("about", "needs", "with", "read_back")


def uses_recipes(document: Document) -> bool:
    """Tell whether a board of this document names a recipe."""
    return any(True for _ in _users(document))


def with_recipes(document: Document, recipes: Mapping[str, Any]) -> Document:
    """Return the document with every recipe that its boards name filled in.

    Raises:
        UsageFault: with all mistakes: a recipe that is not known, a value that it needs.
    """
    mistakes = [
        document.mistake(path, says)
        for board, flasher in _users(document)
        for path, says in _mistakes(("boards", board, "flasher"), flasher, recipes)
    ]
    if mistakes:
        _refuse(document.name, mistakes)
    boards = dict(document.data["boards"])
    for board, flasher in _users(document):
        recipe = recipes[flasher["recipe"]]
        boards[board] = {**boards[board], "flasher": apply_recipe(flasher, recipe)}
    return Document(
        name=document.name, data={**document.data, "boards": boards}, lines=document.lines
    )


def apply_recipe(flasher: Mapping[str, Any], recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return a flasher's keys with those of ``recipe`` that it does not give itself."""
    values = {**recipe.get("with", {}), **(flasher.get("with") or {})}
    values = {name: str(value) for name, value in values.items()}
    merged = {key: value for key, value in recipe.items() if key not in _NOT_KEYS} | dict(flasher)
    if isinstance(merged.get("command"), list):
        merged["command"] = fill_all(merged["command"], values)
    if "proof" not in merged and "read_back" in recipe:
        merged["proof"] = {"read_back": fill_all(recipe["read_back"], values)}
    return merged


def _users(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    boards = document.data.get("boards") if isinstance(document.data, dict) else None
    for name, board in (boards if isinstance(boards, dict) else {}).items():
        flasher = board.get("flasher") if isinstance(board, dict) else None
        if isinstance(flasher, dict) and isinstance(flasher.get("recipe"), str):
            yield name, flasher


def _mistakes(
    path: tuple[str, ...], flasher: Mapping[str, Any], recipes: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], str]]:
    recipe = recipes.get(flasher["recipe"])
    if recipe is None:
        known = ", ".join(sorted(recipes))
        yield (*path, "recipe"), f"no recipe {flasher['recipe']!r}; known: {known}"
        return
    given = flasher.get("with") or {}
    if not isinstance(given, dict):
        yield (*path, "with"), "maps names to values"
        return
    known_values = {**recipe.get("needs", {}), **recipe.get("with", {})}
    for name, example in recipe.get("needs", {}).items():
        if name not in given:
            yield (*path, "with"), f"recipe {flasher['recipe']} needs {name}: {example}"
    for name in given:
        if name not in known_values:
            yield (*path, "with", name), f"unknown; known: {', '.join(known_values) or 'none'}"


def _refuse(source: str, mistakes: list[Mistake]) -> None:
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    listing = "\n".join(f"  {mistake.sentence()}" for mistake in mistakes)
    raise UsageFault(
        f"{source}: {count} in the inventory\n{listing}",
        hint="docs/how-to/add-a-board.md shows what a recipe takes",
        code="INVENTORY",
    )
