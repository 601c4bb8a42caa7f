"""Running expected answers: what failed and why, what ran, what of a text no answer holds, and answers to propose."""
