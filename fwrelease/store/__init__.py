"""The ledger and the tables that are folded from it, in one SQLite file.

How to add a group of events (see ``builds.py``, ``evidence.py``, ``decisions.py``):

1. One module per group. In it: SQLAlchemy ``Table`` objects on ``schema.METADATA``; a frozen
   dataclass per event with ``kind: ClassVar[str] = "noun.verbed"``; ``KINDS``, one ``Kind`` per
   event (``render``/``parse`` its body, ``apply`` it to rows, ``refers`` to vault digests); and
   functions from a ``View`` to values for reading (``find_…``, ``list_…``).
2. ``apply(event, entry)`` is pure and returns ``Insert(table, row)`` and ``Put(table, row)`` (a
   whole row by primary key). Rows are plain: text, numbers, None. No other code writes tables:
   the audit folds all events again and compares every row. Times in rows come from ``entry.at``,
   never from the body, so that a repeat has the same body.
3. One line in ``kinds.KINDS``.
4. To change a body later: raise ``version`` and add ``upcasts={old: body -> body}``.

How a use case (``fwrelease/services``) writes, all or nothing::

    with workspace.write() as transaction:  # the one writer: BEGIN IMMEDIATE
        state = find_something(transaction, ...)  # a transaction is a View too
        transaction.append(SomethingHappened(...), key="something:1.1.0")  # key: idempotent

``append`` returns the ``Entry`` (``.hash`` is the receipt); the same key and body again returns
the first one, another body under the key is a ``UsageFault``. Bytes go into ``workspace.vault``
*before* the transaction. ``workspace.read()`` looks at one moment, ``workspace.store.as_of(t)``
at an earlier one. Decide from values inside the transaction; decide in a pure function.

How a command (``fwrelease/cli``) gets there: ``cli/main.py`` names it in ``COMMANDS``; it takes
``@with_console`` (adds ``--format``) and ``@click.pass_obj`` (an ``App``), opens
``app.workspace()``, prints through ``console.answer(document, text)`` and returns its exit code.
"""
