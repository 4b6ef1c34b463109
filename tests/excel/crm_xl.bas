Attribute VB_Name = "crm_xl_udfs"
Option Explicit

'Made by crm-xl from its registry of functions: changes are lost with the next one. What a cell may call stands here
'and nothing else; the class CrmBridge belongs beside it (crm-xl addin --sources).
Private Bridge As New CrmBridge

Public Function CRM_TOTAL(costs, Optional assumptions, Optional component, Optional year, Optional department)
    CRM_TOTAL = Bridge.Answer("CRM_TOTAL", Array(costs, assumptions, component, year, department))
End Function

Public Function CRM_BREAKDOWN(costs, Optional assumptions, Optional rows, Optional columns)
    CRM_BREAKDOWN = Bridge.Answer("CRM_BREAKDOWN", Array(costs, assumptions, rows, columns))
End Function

Public Function CRM_SCHEDULE(costs, Optional assumptions, Optional view, Optional by)
    CRM_SCHEDULE = Bridge.Answer("CRM_SCHEDULE", Array(costs, assumptions, view, by))
End Function

Public Function CRM_PER_USER(costs, Optional assumptions, Optional users, Optional per)
    CRM_PER_USER = Bridge.Answer("CRM_PER_USER", Array(costs, assumptions, users, per))
End Function

Public Function CRM_PER_ACTIVE_USER(costs, Optional assumptions, Optional active_users, Optional per)
    CRM_PER_ACTIVE_USER = Bridge.Answer("CRM_PER_ACTIVE_USER", Array(costs, assumptions, active_users, per))
End Function

Public Function CRM_NPV(costs, Optional benefits, Optional assumptions)
    CRM_NPV = Bridge.Answer("CRM_NPV", Array(costs, benefits, assumptions))
End Function

Public Function CRM_IRR(costs, Optional benefits, Optional assumptions)
    CRM_IRR = Bridge.Answer("CRM_IRR", Array(costs, benefits, assumptions))
End Function

Public Function CRM_MIRR(costs, Optional benefits, Optional assumptions, Optional finance_rate, Optional reinvest_rate)
    CRM_MIRR = Bridge.Answer("CRM_MIRR", Array(costs, benefits, assumptions, finance_rate, reinvest_rate))
End Function

Public Function CRM_ROI(costs, Optional benefits, Optional assumptions)
    CRM_ROI = Bridge.Answer("CRM_ROI", Array(costs, benefits, assumptions))
End Function

Public Function CRM_PAYBACK(costs, Optional benefits, Optional assumptions, Optional method)
    CRM_PAYBACK = Bridge.Answer("CRM_PAYBACK", Array(costs, benefits, assumptions, method))
End Function

Public Function CRM_VALUE(costs, Optional benefits, Optional assumptions)
    CRM_VALUE = Bridge.Answer("CRM_VALUE", Array(costs, benefits, assumptions))
End Function

Public Function CRM_CASHFLOW(costs, Optional benefits, Optional assumptions, Optional by)
    CRM_CASHFLOW = Bridge.Answer("CRM_CASHFLOW", Array(costs, benefits, assumptions, by))
End Function

Public Function CRM_SCENARIO(costs, scenarios, Optional name, Optional assumptions, Optional benefits)
    CRM_SCENARIO = Bridge.Answer("CRM_SCENARIO", Array(costs, scenarios, name, assumptions, benefits))
End Function

Public Function CRM_SENSITIVITY(costs, drivers, Optional assumptions, Optional benefits)
    CRM_SENSITIVITY = Bridge.Answer("CRM_SENSITIVITY", Array(costs, drivers, assumptions, benefits))
End Function

Public Function CRM_RISK(costs, Optional percentiles, Optional trials, Optional seed, Optional assumptions, Optional distribution, Optional correlation, Optional benefits)
    CRM_RISK = Bridge.Answer("CRM_RISK", Array(costs, percentiles, trials, seed, assumptions, distribution, correlation, benefits))
End Function

Public Function CRM_PRICE(vendor, edition, Optional currency_, Optional date_, Optional catalogue, Optional billing)
    CRM_PRICE = Bridge.Answer("CRM_PRICE", Array(vendor, edition, currency_, date_, catalogue, billing))
End Function

Public Function CRM_CATALOGUE(Optional vendor, Optional catalogue)
    CRM_CATALOGUE = Bridge.Answer("CRM_CATALOGUE", Array(vendor, catalogue))
End Function

Public Function CRM_COMPARE(options, Optional assumptions, Optional catalogue, Optional tiers)
    CRM_COMPARE = Bridge.Answer("CRM_COMPARE", Array(options, assumptions, catalogue, tiers))
End Function

Public Function CRM_ESTIMATE(users, Optional size, Optional platform, Optional market, Optional management, Optional assumptions, Optional coefficients)
    CRM_ESTIMATE = Bridge.Answer("CRM_ESTIMATE", Array(users, size, platform, market, management, assumptions, coefficients))
End Function

Public Function CRM_VARIANCE(budget, Optional actual, Optional by, Optional assumptions)
    CRM_VARIANCE = Bridge.Answer("CRM_VARIANCE", Array(budget, actual, by, assumptions))
End Function

Public Function CRM_ALLOCATE(pool, keys, Optional assumptions, Optional by, Optional method, Optional name)
    CRM_ALLOCATE = Bridge.Answer("CRM_ALLOCATE", Array(pool, keys, assumptions, by, method, name))
End Function

Public Function CRM_SAVINGS(costs, usage, Optional assumptions)
    CRM_SAVINGS = Bridge.Answer("CRM_SAVINGS", Array(costs, usage, assumptions))
End Function

Public Function CRM_LICENCE(users, price, Optional metric, Optional modules, Optional minimum, Optional tiers, Optional mode, Optional frequency, Optional months)
    CRM_LICENCE = Bridge.Answer("CRM_LICENCE", Array(users, price, metric, modules, minimum, tiers, mode, frequency, months))
End Function

Public Function CRM_FORECAST(costs, actual, Optional assumptions, Optional as_of, Optional by)
    CRM_FORECAST = Bridge.Answer("CRM_FORECAST", Array(costs, actual, assumptions, as_of, by))
End Function

Public Function CRM_AMORTISATION(costs, Optional assumptions, Optional by)
    CRM_AMORTISATION = Bridge.Answer("CRM_AMORTISATION", Array(costs, assumptions, by))
End Function

Public Function CRM_CALENDAR(costs, Optional assumptions, Optional period, Optional by)
    CRM_CALENDAR = Bridge.Answer("CRM_CALENDAR", Array(costs, assumptions, period, by))
End Function

Public Function CRM_JOURNAL(costs, Optional assumptions, Optional period, Optional accounts)
    CRM_JOURNAL = Bridge.Answer("CRM_JOURNAL", Array(costs, assumptions, period, accounts))
End Function

Public Function CRM_CHECK(Optional costs, Optional assumptions, Optional benefits, Optional actuals, Optional scenarios, Optional drivers, Optional options, Optional usage, Optional keys, Optional catalogue, Optional tiers, Optional coefficients, Optional actual, Optional accounts)
    CRM_CHECK = Bridge.Answer("CRM_CHECK", Array(costs, assumptions, benefits, actuals, scenarios, drivers, options, usage, keys, catalogue, tiers, coefficients, actual, accounts))
End Function

Public Function CRM_VERSION()
    CRM_VERSION = Bridge.Answer("CRM_VERSION", Array())
End Function

