"""Wide reads for the pages that show several apps at once. Constant numbers of queries; values come formatted."""
