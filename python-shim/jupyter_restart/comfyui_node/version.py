"""The node's own version: the installer and the service compare it with theirs."""

VERSION = "1.0.0"
