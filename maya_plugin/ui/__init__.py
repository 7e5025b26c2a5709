"""The panel, in Qt. It shows what `maya_plugin.workflow.desk` says, and hands on what the artist does."""
