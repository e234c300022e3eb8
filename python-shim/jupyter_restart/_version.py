"""The version of every part: a test holds pom.xml and package.json to it."""

__version__ = "0.1.0"
