"""Where a painted frame comes from: written into it, listed and signed by the server, and checked again by anybody."""
