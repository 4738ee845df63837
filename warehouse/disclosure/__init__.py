"""Disclosure control for published tables of counts and rates."""
