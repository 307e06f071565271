"""What the service refuses: by its model, and by its rules across members."""
