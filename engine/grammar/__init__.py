"""What a model is allowed to say: schemas, grammars, and the matcher that verifies a stream."""
