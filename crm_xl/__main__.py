"""`python -m crm_xl` is the command `crm-xl`."""

from crm_xl.cli import main

if __name__ == "__main__":
    main()
