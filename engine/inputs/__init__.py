"""Inputs for a function, made from its parameters' types."""
