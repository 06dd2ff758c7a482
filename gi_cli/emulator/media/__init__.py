"""Pictures and sounds that are made by rule, without a model."""
