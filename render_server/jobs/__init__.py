"""The ledger: what the server knows of shots, jobs, painted frames and events, and the files beside it. Plain functions, no HTTP."""
