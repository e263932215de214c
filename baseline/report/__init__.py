"""What training did: two scores of every set, and what lies between them, as data and for people."""
