"""A classifier of tissue, trained on the lab's tiles and the hospital's biopsies."""
