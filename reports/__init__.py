"""What is printed: plan, charts and workbook."""
