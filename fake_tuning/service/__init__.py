"""An in-memory SageMaker tuning service."""
