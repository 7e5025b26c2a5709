"""The pixels of the art: reading them in a confined process, what is measured, what is found, the report. Never part of the web half."""
