"""What runs on Modal: an inference server of your own. It imports neither the engine nor the faces."""
