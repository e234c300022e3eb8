"""What is wrong on this machine, and what can be put right: facts are gathered once, judged by pure functions."""
