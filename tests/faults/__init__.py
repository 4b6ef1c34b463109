"""What goes wrong around a run: kills, full disks, locked files, two at once."""
