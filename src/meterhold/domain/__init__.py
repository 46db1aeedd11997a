"""What a hold is: pure data and pure decisions. Time is an argument, nothing here waits, logs or looks at a clock."""
