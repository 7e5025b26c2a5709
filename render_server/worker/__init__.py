"""The worker: fetches a job's frames, has them painted and hands them in, one by one. It meets the server over HTTP alone."""
