"""Terminals that outlive the Jupyter server: handed on at a restart, held by the relay against a crash."""
