"""Our own small causal painter."""
