"""What a survey is: codebook, design, answers, classifications."""
