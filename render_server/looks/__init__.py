"""Looks: trained styles with their palettes, stroke settings, lineage and licence."""
