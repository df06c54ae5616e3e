"""The top layer: the study file and its table, inventory, merge, tables, figures, report."""
