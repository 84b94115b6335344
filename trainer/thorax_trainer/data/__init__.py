"""Reading images and labels."""
