"""A completion -> its code, its verdict, its four rewards."""
