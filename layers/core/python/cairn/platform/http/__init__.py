"""The HTTP edge: the app, and the checked values of what is sent."""
