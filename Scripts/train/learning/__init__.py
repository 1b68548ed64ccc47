"""What the training and evaluation scripts of this folder share."""
