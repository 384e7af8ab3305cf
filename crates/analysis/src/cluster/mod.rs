//! Which addresses one rule set says are controlled together.
