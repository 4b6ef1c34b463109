"""What pytest leaves alone: modules that run inside LibreOffice, whose own modules are nowhere else."""

collect_ignore = ["crm_xl/hosts/calc/extension/component.py", "crm_xl/hosts/calc/extension/driver.py"]
