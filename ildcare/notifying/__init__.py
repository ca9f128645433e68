"""Messages about alerts that leave the product: numbers and a link, never anything of a patient."""
