"""What happens to a session: draft, implement, check, and the pipeline that drives them."""
