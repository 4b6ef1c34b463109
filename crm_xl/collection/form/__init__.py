"""What goes out and comes back: its stamp, its layout that cannot be changed, the master that is filled in for each."""
