"""Loading and reconciling a ledger, mapping columns, and the data set with its rows."""
