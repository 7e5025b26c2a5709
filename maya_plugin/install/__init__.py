"""Getting into Maya and out again. Standard library only, but for what talks with Maya (`maya_plugin.host.installation`)."""
