//! Nothing: the examples are in `tests/`.
