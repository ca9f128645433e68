"""Pure clinical knowledge: catalogues, facts, the frozen Snapshot and its arithmetic. Standard library only."""
