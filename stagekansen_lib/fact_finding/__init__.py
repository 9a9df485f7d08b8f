"""What facts may be set beside each other, and what sets them apart."""
