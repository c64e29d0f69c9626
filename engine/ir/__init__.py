"""The intermediate representation (IR): models, text form, validation, diff."""
