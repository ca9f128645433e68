def attribute_writes(**kwargs): pass
