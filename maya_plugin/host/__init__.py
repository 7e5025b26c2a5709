"""The only code that touches Maya. Everything that changes the scene puts it back; all of it is called on the main thread."""
