"""The adapter for WeasyPrint: load it, feed it checked files only, and replace some of its functions while it works.

Everything that is replaced in WeasyPrint, pydyf and tinyhtml5 is in one table, ``PATCHES`` in
:mod:`dingben.typeset.engine.patch_table`. A row names the target, the module with the factory of its replacement, the
group of patches that are applied together, the reason, and one of four kinds:

- TYPOGRAPHY: lines are set and drawn by dingben (CLREQ).
- CORRECTNESS: something would be lost, insecure, invalid or different between machines without it. A section is
  laid out as in the whole book.
- INCREMENTAL: pages that an edit has not reached are reused.
- SPEED: values are cached, or computed faster.

Without INCREMENTAL and SPEED the bytes of a PDF are the same. ``patches(kinds, group=state, ...)`` in
:mod:`dingben.typeset.engine.patch` applies groups and undoes all of them; nothing else replaces anything.
"""
