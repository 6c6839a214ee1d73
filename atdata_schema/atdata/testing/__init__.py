"""What users of atdata test their own code with."""
