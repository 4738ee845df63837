"""The occupations of the sample state: real SOC 2018 codes and titles, made-up sizes, zones and wages.

What belongs here: which codes exist, how they nest, which lines the sample projections publish, and the
crosswalk rows of exactly these codes. Codes and titles are facts of the public classification; every number
is invented. What does not: the edges (`edges.py`) and the figures per area (`figures.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

# SOC 2018 major groups: code|title (all 22 civilian groups).
_MAJOR = """
11-0000|Management Occupations
13-0000|Business and Financial Operations Occupations
15-0000|Computer and Mathematical Occupations
17-0000|Architecture and Engineering Occupations
19-0000|Life, Physical, and Social Science Occupations
21-0000|Community and Social Service Occupations
23-0000|Legal Occupations
25-0000|Educational Instruction and Library Occupations
27-0000|Arts, Design, Entertainment, Sports, and Media Occupations
29-0000|Healthcare Practitioners and Technical Occupations
31-0000|Healthcare Support Occupations
33-0000|Protective Service Occupations
35-0000|Food Preparation and Serving Related Occupations
37-0000|Building and Grounds Cleaning and Maintenance Occupations
39-0000|Personal Care and Service Occupations
41-0000|Sales and Related Occupations
43-0000|Office and Administrative Support Occupations
45-0000|Farming, Fishing, and Forestry Occupations
47-0000|Construction and Extraction Occupations
49-0000|Installation, Maintenance, and Repair Occupations
51-0000|Production Occupations
53-0000|Transportation and Material Moving Occupations
"""

# SOC 2018 minor groups.
_MINOR = """
11-1000|Top Executives
11-2000|Advertising, Marketing, Promotions, Public Relations, and Sales Managers
11-3000|Operations Specialties Managers
11-9000|Other Management Occupations
13-1000|Business Operations Specialists
13-2000|Financial Specialists
15-1200|Computer Occupations
15-2000|Mathematical Science Occupations
17-2000|Engineers
17-3000|Drafters, Engineering Technicians, and Mapping Technicians
19-1000|Life Scientists
19-2000|Physical Scientists
19-3000|Social Scientists and Related Workers
19-4000|Life, Physical, and Social Science Technicians
19-5000|Occupational Health and Safety Specialists and Technicians
21-1000|Counselors, Social Workers, and Other Community and Social Service Specialists
21-2000|Religious Workers
23-1000|Lawyers, Judges, and Related Workers
23-2000|Legal Support Workers
25-1000|Postsecondary Teachers
25-2000|Preschool, Elementary, Middle, Secondary, and Special Education Teachers
25-3000|Other Teachers and Instructors
25-4000|Librarians, Curators, and Archivists
25-9000|Other Educational Instruction and Library Occupations
27-1000|Art and Design Workers
27-2000|Entertainers and Performers, Sports and Related Workers
27-3000|Media and Communication Workers
27-4000|Media and Communication Equipment Workers
29-1000|Healthcare Diagnosing or Treating Practitioners
29-2000|Health Technologists and Technicians
31-1100|Home Health and Personal Care Aides; and Nursing Assistants, Orderlies, and Psychiatric Aides
31-2000|Occupational Therapy and Physical Therapist Assistants and Aides
31-9000|Other Healthcare Support Occupations
33-1000|Supervisors of Protective Service Workers
33-2000|Firefighting and Prevention Workers
33-3000|Law Enforcement Workers
33-9000|Other Protective Service Workers
35-1000|Supervisors of Food Preparation and Serving Workers
35-2000|Cooks and Food Preparation Workers
35-3000|Food and Beverage Serving Workers
37-1000|Supervisors of Building and Grounds Cleaning and Maintenance Workers
37-2000|Building Cleaning and Pest Control Workers
37-3000|Grounds Maintenance Workers
39-5000|Personal Appearance Workers
39-7000|Tour and Travel Guides
39-9000|Other Personal Care and Service Workers
41-1000|Supervisors of Sales Workers
41-2000|Retail Sales Workers
41-3000|Sales Representatives, Services
41-4000|Sales Representatives, Wholesale and Manufacturing
41-9000|Other Sales and Related Workers
43-1000|Supervisors of Office and Administrative Support Workers
43-3000|Financial Clerks
43-4000|Information and Record Clerks
43-5000|Material Recording, Scheduling, Dispatching, and Distributing Workers
43-6000|Secretaries and Administrative Assistants
43-9000|Other Office and Administrative Support Workers
45-1000|Supervisors of Farming, Fishing, and Forestry Workers
45-2000|Agricultural Workers
45-4000|Forest, Conservation, and Logging Workers
47-1000|Supervisors of Construction and Extraction Workers
47-2000|Construction Trades Workers
47-4000|Other Construction and Related Workers
49-1000|Supervisors of Installation, Maintenance, and Repair Workers
49-2000|Electrical and Electronic Equipment Mechanics, Installers, and Repairers
49-3000|Vehicle and Mobile Equipment Mechanics, Installers, and Repairers
49-9000|Other Installation, Maintenance, and Repair Occupations
51-1000|Supervisors of Production Workers
51-2000|Assemblers and Fabricators
51-3000|Food Processing Workers
51-4000|Metal Workers and Plastic Workers
51-8000|Plant and System Operators
51-9000|Other Production Occupations
53-1000|Supervisors of Transportation and Material Moving Workers
53-2000|Air Transportation Workers
53-3000|Motor Vehicle Operators
53-7000|Material Moving Workers
"""

# SOC 2018 broad occupations; an empty title means: the same as its only detailed occupation.
_BROAD = """
11-1010|
11-1020|
11-2020|Marketing and Sales Managers
11-3020|
11-3030|
11-3050|
11-3070|
11-9020|
11-9050|
11-9110|
13-1020|Buyers and Purchasing Agents
13-1040|
13-1050|
13-1070|Human Resources Workers
13-1080|Logisticians and Project Management Specialists
13-1110|
13-1150|
13-1160|
13-1190|Miscellaneous Business Operations Specialists
13-2010|
13-2050|Financial Analysts and Advisors
13-2070|Credit Counselors and Loan Officers
13-2090|Miscellaneous Financial Specialists
15-1210|Computer and Information Analysts
15-1230|Computer Support Specialists
15-1240|Database and Network Administrators and Architects
15-1250|Software and Web Developers, Programmers, and Testers
15-1290|Miscellaneous Computer Occupations
15-2030|
15-2050|
17-2010|
17-2050|
17-2070|Electrical and Electronics Engineers
17-2110|Industrial Engineers, Including Health and Safety
17-2140|
17-2190|Miscellaneous Engineers
17-3010|Drafters
17-3020|Engineering Technologists and Technicians, Except Drafters
19-1040|Medical Scientists
19-2030|Chemists and Materials Scientists
19-2040|Environmental Scientists and Geoscientists
19-3030|Psychologists
19-4030|
19-4040|Environmental Science and Geoscience Technicians
19-5010|Occupational Health and Safety Specialists and Technicians
21-1010|Counselors
21-1020|Social Workers
21-1090|Miscellaneous Community and Social Service Specialists
21-2010|
23-1010|Lawyers and Judicial Law Clerks
23-2010|
23-2090|Miscellaneous Legal Support Workers
25-1070|Health Teachers, Postsecondary
25-2020|Elementary and Middle School Teachers
25-2030|Secondary School Teachers
25-2050|Special Education Teachers
25-3030|
25-4020|
25-9040|Teaching Assistants
27-1010|Artists and Related Workers
27-1020|Designers
27-2040|Musicians, Singers, and Related Workers
27-3030|
27-4010|Broadcast, Sound, and Lighting Technicians
29-1050|
29-1070|
29-1120|Therapists
29-1140|
29-1170|
29-1210|Physicians
29-1240|Surgeons
29-1290|Miscellaneous Healthcare Diagnosing or Treating Practitioners
29-2010|Clinical Laboratory Technologists and Technicians
29-2030|Diagnostic Related Technologists and Technicians
29-2040|Emergency Medical Technicians and Paramedics
29-2050|Health Practitioner Support Technologists and Technicians
29-2060|
29-2070|
31-1120|Home Health and Personal Care Aides
31-1130|Nursing Assistants, Orderlies, and Psychiatric Aides
31-2020|Physical Therapist Assistants and Aides
31-9090|Miscellaneous Healthcare Support Occupations
33-1010|First-Line Supervisors of Law Enforcement Workers
33-2010|
33-3010|Bailiffs, Correctional Officers, and Jailers
33-3050|Police Officers
33-9030|Security Guards and Gambling Surveillance Officers
35-1010|Supervisors of Food Preparation and Serving Workers
35-2010|Cooks
35-3020|
35-3030|
37-1010|First-Line Supervisors of Building and Grounds Cleaning and Maintenance Workers
37-2010|Building Cleaning Workers
37-3010|Grounds Maintenance Workers
39-5010|Barbers, Hairdressers, Hairstylists and Cosmetologists
39-7010|Tour and Travel Guides
39-9010|
39-9030|Recreation and Fitness Workers
41-1010|First-Line Supervisors of Sales Workers
41-2010|
41-2030|
41-3020|
41-3090|Miscellaneous Sales Representatives, Services
41-4010|Sales Representatives, Wholesale and Manufacturing
41-9020|Real Estate Brokers and Sales Agents
43-1010|
43-3030|
43-4050|
43-5070|
43-6010|Secretaries and Administrative Assistants
43-9060|
45-1010|
45-2040|
45-2090|Miscellaneous Agricultural Workers
45-4020|Logging Workers
47-1010|
47-2030|
47-2050|Cement Masons, Concrete Finishers, and Terrazzo Workers
47-2060|
47-2070|Construction Equipment Operators
47-2110|
47-2150|Pipelayers, Plumbers, Pipefitters, and Steamfitters
47-2210|
47-4010|
47-4090|Miscellaneous Construction and Related Workers
49-1010|
49-2020|Radio and Telecommunications Equipment Installers and Repairers
49-3010|
49-3020|Automotive Technicians and Repairers
49-3030|
49-9020|
49-9040|Industrial Machinery Installation, Repair, and Maintenance Workers
49-9050|Line Installers and Repairers
49-9070|
49-9080|
51-1010|
51-2020|Electrical, Electronics, and Electromechanical Assemblers
51-2090|Miscellaneous Assemblers and Fabricators
51-3010|
51-4040|
51-4120|Welding, Soldering, and Brazing Workers
51-8030|
51-9060|
51-9160|Computer Numerically Controlled Tool Operators and Programmers
53-1040|First-Line Supervisors of Transportation and Material Moving Workers
53-2010|Aircraft Pilots and Flight Engineers
53-3030|Driver/Sales Workers and Truck Drivers
53-7050|
53-7060|Laborers and Material Movers
"""

# SOC 2018 detailed occupations: code|title[|broad occupation where it is not the code with a final 0].
_DETAILED = """
11-1011|Chief Executives
11-1021|General and Operations Managers
11-2021|Marketing Managers
11-2022|Sales Managers
11-3021|Computer and Information Systems Managers
11-3031|Financial Managers
11-3051|Industrial Production Managers
11-3071|Transportation, Storage, and Distribution Managers
11-9021|Construction Managers
11-9051|Food Service Managers
11-9111|Medical and Health Services Managers
13-1021|Buyers and Purchasing Agents, Farm Products
13-1022|Wholesale and Retail Buyers, Except Farm Products
13-1023|Purchasing Agents, Except Wholesale, Retail, and Farm Products
13-1041|Compliance Officers
13-1051|Cost Estimators
13-1071|Human Resources Specialists
13-1081|Logisticians
13-1082|Project Management Specialists
13-1111|Management Analysts
13-1151|Training and Development Specialists
13-1161|Market Research Analysts and Marketing Specialists
13-1199|Business Operations Specialists, All Other
13-2011|Accountants and Auditors
13-2052|Personal Financial Advisors
13-2072|Loan Officers
13-2099|Financial Specialists, All Other
15-1211|Computer Systems Analysts
15-1212|Information Security Analysts
15-1231|Computer Network Support Specialists
15-1232|Computer User Support Specialists
15-1242|Database Administrators
15-1243|Database Architects
15-1244|Network and Computer Systems Administrators
15-1251|Computer Programmers
15-1252|Software Developers
15-1253|Software Quality Assurance Analysts and Testers
15-1254|Web Developers
15-1255|Web and Digital Interface Designers
15-1299|Computer Occupations, All Other
15-2031|Operations Research Analysts
15-2051|Data Scientists
17-2011|Aerospace Engineers
17-2051|Civil Engineers
17-2071|Electrical Engineers
17-2112|Industrial Engineers
17-2141|Mechanical Engineers
17-2199|Engineers, All Other
17-3011|Architectural and Civil Drafters
17-3023|Electrical and Electronic Engineering Technologists and Technicians
17-3026|Industrial Engineering Technologists and Technicians
19-1042|Medical Scientists, Except Epidemiologists
19-2031|Chemists
19-2041|Environmental Scientists and Specialists, Including Health
19-3033|Clinical and Counseling Psychologists
19-3034|School Psychologists
19-4031|Chemical Technicians
19-4043|Geological Technicians, Except Hydrologic Technicians
19-4044|Hydrologic Technicians
19-5011|Occupational Health and Safety Specialists
21-1011|Substance Abuse and Behavioral Disorder Counselors
21-1012|Educational, Guidance, and Career Counselors and Advisors
21-1014|Mental Health Counselors
21-1021|Child, Family, and School Social Workers
21-1022|Healthcare Social Workers
21-1093|Social and Human Service Assistants
21-2011|Clergy
23-1011|Lawyers
23-2011|Paralegals and Legal Assistants
23-2093|Title Examiners, Abstractors, and Searchers
25-1071|Health Specialties Teachers, Postsecondary
25-2021|Elementary School Teachers, Except Special Education
25-2022|Middle School Teachers, Except Special and Career/Technical Education
25-2031|Secondary School Teachers, Except Special and Career/Technical Education
25-2055|Special Education Teachers, Kindergarten
25-2056|Special Education Teachers, Elementary School
25-3031|Substitute Teachers, Short-Term
25-4022|Librarians and Media Collections Specialists
25-9042|Teaching Assistants, Preschool, Elementary, Middle, and Secondary School, Except Special Education
25-9043|Teaching Assistants, Special Education
25-9049|Teaching Assistants, All Other
27-1013|Fine Artists, Including Painters, Sculptors, and Illustrators
27-1024|Graphic Designers
27-2042|Musicians and Singers
27-3031|Public Relations Specialists
27-4011|Audio and Video Technicians
29-1051|Pharmacists
29-1071|Physician Assistants
29-1123|Physical Therapists
29-1126|Respiratory Therapists
29-1141|Registered Nurses
29-1171|Nurse Practitioners
29-1212|Cardiologists
29-1213|Dermatologists
29-1214|Emergency Medicine Physicians
29-1215|Family Medicine Physicians
29-1217|Neurologists
29-1222|Physicians, Pathologists|29-1210
29-1224|Radiologists|29-1210
29-1229|Physicians, All Other|29-1210
29-1241|Ophthalmologists, Except Pediatric
29-1292|Dental Hygienists
29-2011|Medical and Clinical Laboratory Technologists
29-2012|Medical and Clinical Laboratory Technicians
29-2034|Radiologic Technologists and Technicians
29-2042|Emergency Medical Technicians
29-2043|Paramedics
29-2052|Pharmacy Technicians
29-2055|Surgical Technologists
29-2061|Licensed Practical and Licensed Vocational Nurses
29-2072|Medical Records Specialists
31-1121|Home Health Aides
31-1122|Personal Care Aides
31-1131|Nursing Assistants
31-2021|Physical Therapist Assistants
31-9091|Dental Assistants
31-9092|Medical Assistants
31-9097|Phlebotomists
33-1012|First-Line Supervisors of Police and Detectives
33-2011|Firefighters
33-3012|Correctional Officers and Jailers
33-3051|Police and Sheriff's Patrol Officers
33-9032|Security Guards
35-1011|Chefs and Head Cooks
35-1012|First-Line Supervisors of Food Preparation and Serving Workers
35-2014|Cooks, Restaurant
35-3023|Fast Food and Counter Workers
35-3031|Waiters and Waitresses
37-1011|First-Line Supervisors of Housekeeping and Janitorial Workers
37-2011|Janitors and Cleaners, Except Maids and Housekeeping Cleaners
37-2012|Maids and Housekeeping Cleaners
37-3011|Landscaping and Groundskeeping Workers
39-5012|Hairdressers, Hairstylists, and Cosmetologists
39-7011|Tour Guides and Escorts
39-7012|Travel Guides
39-9011|Childcare Workers
39-9031|Exercise Trainers and Group Fitness Instructors
41-1011|First-Line Supervisors of Retail Sales Workers
41-2011|Cashiers
41-2031|Retail Salespersons
41-3021|Insurance Sales Agents
41-3091|Sales Representatives of Services, Except Advertising, Insurance, Financial Services, and Travel
41-4012|Sales Representatives, Wholesale and Manufacturing, Except Technical and Scientific Products
41-9022|Real Estate Sales Agents
43-1011|First-Line Supervisors of Office and Administrative Support Workers
43-3031|Bookkeeping, Accounting, and Auditing Clerks
43-4051|Customer Service Representatives
43-5071|Shipping, Receiving, and Inventory Clerks
43-6011|Executive Secretaries and Executive Administrative Assistants
43-6013|Medical Secretaries and Administrative Assistants
43-6014|Secretaries and Administrative Assistants, Except Legal, Medical, and Executive
43-9061|Office Clerks, General
45-1011|First-Line Supervisors of Farming, Fishing, and Forestry Workers
45-2041|Graders and Sorters, Agricultural Products
45-2092|Farmworkers and Laborers, Crop, Nursery, and Greenhouse
45-2093|Farmworkers, Farm, Ranch, and Aquacultural Animals
45-4022|Logging Equipment Operators
45-4029|Logging Workers, All Other
47-1011|First-Line Supervisors of Construction Trades and Extraction Workers
47-2031|Carpenters
47-2051|Cement Masons and Concrete Finishers
47-2061|Construction Laborers
47-2073|Operating Engineers and Other Construction Equipment Operators
47-2111|Electricians
47-2152|Plumbers, Pipefitters, and Steamfitters
47-2211|Sheet Metal Workers
47-4011|Construction and Building Inspectors
47-4091|Segmental Pavers
47-4099|Construction and Related Workers, All Other
49-1011|First-Line Supervisors of Mechanics, Installers, and Repairers
49-2022|Telecommunications Equipment Installers and Repairers, Except Line Installers
49-3011|Aircraft Mechanics and Service Technicians
49-3023|Automotive Service Technicians and Mechanics
49-3031|Bus and Truck Mechanics and Diesel Engine Specialists
49-9021|Heating, Air Conditioning, and Refrigeration Mechanics and Installers
49-9041|Industrial Machinery Mechanics
49-9044|Millwrights
49-9051|Electrical Power-Line Installers and Repairers
49-9071|Maintenance and Repair Workers, General
49-9081|Wind Turbine Service Technicians
51-1011|First-Line Supervisors of Production and Operating Workers
51-2022|Electrical and Electronic Equipment Assemblers
51-2023|Electromechanical Equipment Assemblers
51-2092|Team Assemblers
51-2099|Assemblers and Fabricators, All Other
51-3011|Bakers
51-4041|Machinists
51-4121|Welders, Cutters, Solderers, and Brazers
51-8031|Water and Wastewater Treatment Plant and System Operators
51-9061|Inspectors, Testers, Sorters, Samplers, and Weighers
51-9161|Computer Numerically Controlled Tool Operators
53-1042|First-Line Supervisors of Helpers, Laborers, and Material Movers, Hand
53-1043|First-Line Supervisors of Material-Moving Machine and Vehicle Operators
53-1044|First-Line Supervisors of Passenger Attendants
53-1049|First-Line Supervisors of Transportation Workers, All Other
53-2011|Airline Pilots, Copilots, and Flight Engineers
53-3032|Heavy and Tractor-Trailer Truck Drivers
53-3033|Light Truck Drivers
53-7051|Industrial Truck and Tractor Operators
53-7062|Laborers and Freight, Stock, and Material Movers, Hand
53-7065|Stockers and Order Fillers
"""

# Lines and OEWS codes that cover several detailed occupations: code|title.
_COMBINATION_TITLES = """
13-1020|Buyers and Purchasing Agents
13-1198|Project Management Specialists and Business Operations Specialists, All Other
15-1245|Database Administrators and Architects
15-1256|Software Developers and Software Quality Assurance Analysts and Testers
15-1257|Web Developers and Digital Interface Designers
19-3031|Clinical, Counseling, and School Psychologists
19-4045|Geological and Hydrologic Technicians
21-1018|Substance Abuse, Behavioral Disorder, and Mental Health Counselors
25-2052|Special Education Teachers, Kindergarten and Elementary School
25-9045|Teaching Assistants, Except Postsecondary
29-1228|Physicians, All Other; and Ophthalmologists, Except Pediatric
29-2010|Clinical Laboratory Technologists and Technicians
31-1120|Home Health and Personal Care Aides
47-4090|Miscellaneous Construction and Related Workers
51-2028|Electrical, Electronic, and Electromechanical Assemblers, Except Coil Winders, Tapers, and Finishers
51-2090|Miscellaneous Assemblers and Fabricators
53-1047|First-Line Supervisors of Transportation and Material Moving Workers, Except Aircraft Cargo Handling Supervisors
"""

# Their components: code|components (as the OEWS hybrid structure lists them).
_COMPONENTS = """
13-1020|13-1021 13-1022 13-1023
13-1198|13-1082 13-1199
15-1245|15-1242 15-1243
15-1256|15-1252 15-1253
15-1257|15-1254 15-1255
19-3031|19-3033 19-3034
19-4045|19-4043 19-4044
21-1018|21-1011 21-1014
25-2052|25-2055 25-2056
25-9045|25-9042 25-9043 25-9049
29-1228|29-1212 29-1213 29-1214 29-1217 29-1222 29-1224 29-1229 29-1241
29-2010|29-2011 29-2012
31-1120|31-1121 31-1122
47-4090|47-4091 47-4099
51-2028|51-2022 51-2023
51-2090|51-2092 51-2099
53-1047|53-1042 53-1043 53-1044 53-1049
"""

# OEWS hybrid of May 2019/2020 where it is not the identity: OEWS code|SOC 2018|OES 2018 code|SOC 2010|note.
_HYBRID = """
13-1020|13-1021|13-1020|13-1021|2018 SOC broad occupation
13-1020|13-1022|13-1020|13-1022|2018 SOC broad occupation
13-1020|13-1023|13-1020|13-1023|2018 SOC broad occupation
13-1198|13-1082|13-1199|13-1199|Hybrid (code & title)
13-1198|13-1199|13-1199|13-1199|Hybrid (code & title)
13-2098|13-2099|13-2099|13-2099|Hybrid (code & title)
15-1211|15-1211|15-1121|15-1121|Code change only
15-1212|15-1212|15-1122|15-1122|Code change only
15-1231|15-1231|15-1152|15-1152|Code change only
15-1232|15-1232|15-1151|15-1151|Code change only
15-1245|15-1242|15-1141|15-1141|Hybrid (code & title)
15-1245|15-1243|15-1141|15-1141|Hybrid (code & title)
15-1244|15-1244|15-1142|15-1142|Code change only
15-1251|15-1251|15-1131|15-1131|Code change only
15-1256|15-1252|15-1132|15-1132|Hybrid (code & title)
15-1256|15-1252|15-1133|15-1133|Hybrid (code & title)
15-1256|15-1253|15-1132|15-1132|Hybrid (code & title)
15-1256|15-1253|15-1133|15-1133|Hybrid (code & title)
15-1257|15-1254|15-1134|15-1134|Hybrid (code & title)
15-1257|15-1255|15-1134|15-1134|Hybrid (code & title)
15-1299|15-1299|15-1199|15-1199|
15-1299|15-1299|43-9011|43-9011|
15-2098|15-2051|15-2090|15-2099|Hybrid (code & title)
17-3023|17-3023|17-3023|17-3023|Title change only
17-3026|17-3026|17-3026|17-3026|Title change only
19-3031|19-3033|19-3031|19-3031|Hybrid (code & title)
19-3031|19-3034|19-3031|19-3031|Hybrid (code & title)
19-4045|19-4043|19-4041|19-4041|Hybrid (code & title)
19-4045|19-4044|19-4041|19-4041|Hybrid (code & title)
19-5011|19-5011|29-9011|29-9011|Code change only
21-1018|21-1011|21-1018|21-1011|OES-specific aggregation
21-1012|21-1012|21-1012|21-1012|Title change only
21-1018|21-1014|21-1018|21-1014|OES-specific aggregation
25-2052|25-2055|25-2052|25-2052|OES-specific aggregation
25-2052|25-2056|25-2052|25-2052|OES-specific aggregation
25-3031|25-3031|25-3098|25-3099|
25-4022|25-4022|25-4021|25-4021|
25-4022|25-4022|25-9011|25-9011|
25-9045|25-9042|25-9041|25-9041|Hybrid (code & title)
25-9045|25-9043|25-9041|25-9041|Hybrid (code & title)
25-9045|25-9049|25-9041|25-9041|Hybrid (code & title)
27-4011|27-4011|27-4011|27-4011|Title change only
29-1228|29-1212|29-1069|29-1069|Hybrid (code & title)
29-1228|29-1213|29-1069|29-1069|Hybrid (code & title)
29-1228|29-1214|29-1069|29-1069|Hybrid (code & title)
29-1215|29-1215|29-1062|29-1062|Code and title change only
29-1228|29-1217|29-1069|29-1069|Hybrid (code & title)
29-1228|29-1222|29-1069|29-1069|Hybrid (code & title)
29-1228|29-1224|29-1069|29-1069|Hybrid (code & title)
29-1228|29-1229|29-1069|29-1069|Hybrid (code & title)
29-1228|29-1241|29-1069|29-1069|Hybrid (code & title)
29-1292|29-1292|29-2021|29-2021|Code change only
29-2010|29-2011|29-2010|29-2011|2018 SOC broad occupation
29-2010|29-2012|29-2010|29-2012|2018 SOC broad occupation
29-2034|29-2034|29-2034|29-2034|Title change only
29-2040|29-2042|29-2041|29-2041|2018 SOC broad occupation
29-2040|29-2043|29-2041|29-2041|2018 SOC broad occupation
29-2098|29-2072|29-2071|29-2071|Hybrid (code & title)
31-1120|31-1121|31-1011|31-1011|2018 SOC broad occupation
31-1120|31-1122|39-9021|39-9021|2018 SOC broad occupation
31-1131|31-1131|31-1014|31-1014|Code change only
33-3051|33-3051|33-3051|33-3051|
35-3023|35-3023|35-3021|35-3021|
35-3023|35-3023|35-3022|35-3022|
39-7010|39-7011|39-7010|39-7011|2018 SOC broad occupation
39-7010|39-7012|39-7010|39-7012|2018 SOC broad occupation
39-9031|39-9031|39-9031|39-9031|Title change only
41-3091|41-3091|41-3099|41-3099|Code and title change only
43-5071|43-5071|43-5071|43-5071|Title change only
43-6013|43-6013|43-6013|43-6013|Title change only
47-1011|47-1011|47-1011|47-1011|
47-4090|47-4091|47-4090|47-4091|2018 SOC broad occupation
47-4090|47-4099|47-4090|47-4099|2018 SOC broad occupation
51-2028|51-2022|51-2028|51-2022|OES-specific aggregation
51-2028|51-2023|51-2028|51-2023|OES-specific aggregation
51-2090|51-2092|51-2098|51-2092|2018 SOC broad occupation
51-2090|51-2099|51-2098|51-2099|2018 SOC broad occupation
51-9161|51-9161|51-4011|51-4011|
53-1047|53-1042|53-1048|53-1021|Hybrid (code & title)
53-1047|53-1043|53-1048|53-1031|Hybrid (code & title)
53-1047|53-1044|53-1048|53-1031|Hybrid (code & title)
53-1047|53-1049|53-1048|53-1031|Hybrid (code & title)
53-3033|53-3033|53-3033|53-3033|Title change only
53-7065|53-7065|43-5081|43-5081|Code and title change only
"""

# SOC 2010 to 2018 where it is not the identity: SOC 2010|SOC 2018|mark of a split (#)|mark of a merger (##).
_SOC_2010 = """
11-9199|13-1082|#|##
13-1199|13-1082|#|##
15-1199|13-1082|#|##
13-1199|13-1199|#|
13-2099|13-2099|#|
15-1121|15-1211||
15-1122|15-1212||
15-1152|15-1231||
15-1151|15-1232||
15-1141|15-1242|#|
15-1141|15-1243|#|##
15-1199|15-1243|#|##
15-1142|15-1244||
15-1131|15-1251||
15-1132|15-1252|#|##
15-1133|15-1252|#|##
15-1132|15-1253|#|##
15-1133|15-1253|#|##
15-1199|15-1253|#|##
15-1134|15-1254|#|
15-1134|15-1255|#|##
15-1199|15-1255|#|##
15-1199|15-1299|#|##
43-9011|15-1299||##
15-2099|15-2051|#|
17-3023|17-3023||
17-3026|17-3026||
19-3031|19-3033|#|
19-3031|19-3034|#|
19-4041|19-4043|#|
19-4041|19-4044|#|##
19-4099|19-4044|#|##
29-9011|19-5011||
21-1012|21-1012||
25-2052|25-2055|#|
25-2052|25-2056|#|
25-3099|25-3031|#|
25-4021|25-4022||##
25-9011|25-4022||##
25-9041|25-9042|#|
25-9041|25-9043|#|
25-9041|25-9049|#|
27-4011|27-4011||
29-1069|29-1212|#|
29-1069|29-1213|#|
29-1069|29-1214|#|
29-1062|29-1215||
29-1069|29-1217|#|
29-1069|29-1222|#|
29-1069|29-1224|#|
29-1069|29-1229|#|
29-1069|29-1241|#|
29-2021|29-1292||
29-2034|29-2034||
29-2041|29-2042|#|
29-2041|29-2043|#|
29-2071|29-2072|#|
31-1011|31-1121||
39-9021|31-1122||
31-1014|31-1131||
33-3051|33-3051||
35-3021|35-3023||##
35-3022|35-3023||##
39-9031|39-9031||
41-3099|41-3091||
43-5071|43-5071||
43-6013|43-6013||
51-4011|51-9161||##
51-9199|51-9161|#|##
53-1021|53-1042||
53-1031|53-1043|#|
39-1021|53-1044|#|##
53-1031|53-1044|#|##
53-1031|53-1049|#|
53-3033|53-3033||
43-5081|53-7065||
"""

# Titles of SOC 2010 codes of the two tables above that differ from the 2018 title of the same code.
_TITLES_2010 = """
11-9199|Managers, All Other
15-1121|Computer Systems Analysts
15-1122|Information Security Analysts
15-1131|Computer Programmers
15-1132|Software Developers, Applications
15-1133|Software Developers, Systems Software
15-1134|Web Developers
15-1141|Database Administrators
15-1142|Network and Computer Systems Administrators
15-1151|Computer User Support Specialists
15-1152|Computer Network Support Specialists
15-1199|Computer Occupations, All Other
15-2099|Mathematical Science Occupations, All Other
17-3023|Electrical and Electronics Engineering Technicians
17-3026|Industrial Engineering Technicians
19-3031|Clinical, Counseling, and School Psychologists
19-4041|Geological and Petroleum Technicians
19-4099|Life, Physical, and Social Science Technicians, All Other
21-1012|Educational, Guidance, School, and Vocational Counselors
25-2052|Special Education Teachers, Kindergarten and Elementary School
25-3099|Teachers and Instructors, All Other
25-4021|Librarians
25-9011|Audio-Visual and Multimedia Collections Specialists
25-9041|Teacher Assistants
27-4011|Audio and Video Equipment Technicians
29-1062|Family and General Practitioners
29-1069|Physicians and Surgeons, All Other
29-2021|Dental Hygienists
29-2034|Radiologic Technologists
29-2041|Emergency Medical Technicians and Paramedics
29-2071|Medical Records and Health Information Technicians
29-9011|Occupational Health and Safety Specialists
31-1011|Home Health Aides
31-1014|Nursing Assistants
33-3051|Police and Sheriff's Patrol Officers
35-3021|Combined Food Preparation and Serving Workers, Including Fast Food
35-3022|Counter Attendants, Cafeteria, Food Concession, and Coffee Shop
39-1021|First-Line Supervisors of Personal Service Workers
39-9021|Personal Care Aides
39-9031|Fitness Trainers and Aerobics Instructors
41-3099|Sales Representatives, Services, All Other
43-5071|Shipping, Receiving, and Traffic Clerks
43-5081|Stock Clerks and Order Fillers
43-6013|Medical Secretaries
43-9011|Computer Operators
47-1011|Supervisors of Construction and Extraction Workers
51-4011|Computer-Controlled Machine Tool Operators, Metal and Plastic
51-9199|Production Workers, All Other
53-1021|First-Line Supervisors of Helpers, Laborers, and Material Movers, Hand
53-1031|First-Line Supervisors of Transportation and Material-Moving Machine and Vehicle Operators
53-3033|Light Truck or Delivery Services Drivers
"""

# Titles of OES 2018 estimate codes that are neither a SOC 2018 nor a SOC 2010 title of the same code.
_TITLES_OES_2018 = """
13-1020|Buyers and Purchasing Agents
15-2090|Miscellaneous Mathematical Science Occupations
21-1018|Substance Abuse, Behavioral Disorder, and Mental Health Counselors
25-3098|Substitute Teachers
29-2010|Clinical Laboratory Technologists and Technicians
39-7010|Tour and Travel Guides
47-4090|Miscellaneous Construction and Related Workers
51-2028|Electrical, Electronic, and Electromechanical Assemblers, Except Coil Winders, Tapers, and Finishers
51-2098|Assemblers and Fabricators, All Other, Including Team Assemblers
53-1048|First-Line Supervisors of Transportation and Material Moving Workers, Except Aircraft Cargo Handling Supervisors
"""

# Titles of OEWS hybrid codes that are not SOC 2018 titles.
_TITLES_OEWS = """
13-2098|Financial and Investment Analysts, Financial Risk Specialists, and Financial Specialists, All Other
15-2098|Data Scientists and Mathematical Science Occupations, All Other
29-2098|Medical Dosimetrists, Medical Records Specialists, and Health Technologists and Technicians, All Other
33-3051|Police and Sheriff's Patrol Officers
"""

# O*NET-SOC 2019 codes beside the .00 one that each detailed occupation has: code|title.
_ONET_CHILDREN = """
11-1011.03|Chief Sustainability Officers
11-3031.01|Treasurers and Controllers
13-1041.01|Environmental Compliance Inspectors
13-1041.07|Regulatory Affairs Specialists
13-2099.01|Financial Quantitative Analysts
13-2099.04|Fraud Examiners, Investigators and Analysts
15-1243.01|Data Warehousing Specialists
15-1299.01|Web Administrators
15-1299.08|Computer Systems Engineers/Architects
17-2199.05|Mechatronics Engineers
17-2199.08|Robotics Engineers
29-1141.01|Acute Care Nurses
29-1141.02|Advanced Practice Psychiatric Nurses
29-1141.03|Critical Care Nurses
29-1141.04|Clinical Nurse Specialists
33-3051.00|Police and Sheriff's Patrol Officers
47-2152.04|Solar Thermal Installers and Technicians
"""

# Lines that the sample projections publish: code|made-up Job Zone (0: from components)|median hourly USD|jobs in 2024.
_LINES = """
11-1011|5|98|1200
11-1021|4|48|24000
11-2021|4|70|3000
11-2022|4|62|5000
11-3021|4|80|6000
11-3031|4|72|14000
11-3051|4|58|2400
11-3071|4|49|2000
11-9021|4|51|4000
11-9051|3|25.5|3000
11-9111|5|56|5000
13-1020|0|36|5200
13-1041|4|37|4000
13-1051|4|37|2000
13-1071|4|35|8000
13-1081|4|39|2000
13-1111|4|48|9000
13-1151|4|33|4600
13-1161|4|37|5000
13-1198|0|41|9000
13-2011|4|39|14000
13-2052|4|49|3000
13-2072|4|35|3000
13-2099|0|38|7000
15-1211|4|50|5000
15-1212|4|60|2000
15-1231|3|36|1800
15-1232|3|25.5|7000
15-1244|4|46|3000
15-1245|0|51|1400
15-1251|4|48|16000
15-1256|0|57|20000
15-1257|0|41|7600
15-1299|4|50|6500
15-2031|5|44|1000
15-2051|5|54|8000
17-2011|4|62|8600
17-2051|4|47|3000
17-2071|4|54|2000
17-2112|4|48|9000
17-2141|4|49|3000
17-2199|4|56|8200
17-3011|3|34|900
17-3023|3|37|900
17-3026|3|34|800
19-1042|5|48|7800
19-2031|4|42|700
19-2041|5|39|900
19-3031|0|46|7400
19-4031|3|25|600
19-4045|0|33.5|6800
19-5011|4|40|1200
21-1012|5|33.5|3000
21-1018|0|26|6000
21-1021|4|25.8|4000
21-1022|5|33.8|2000
21-1093|3|21|4000
21-2011|5|26.5|600
23-1011|5|70|7000
23-2011|3|33|7000
23-2093|3|25|400
25-1071|5|50|2000
25-2021|4|0|9000
25-2022|4|0|9000
25-2031|4|0|9000
25-2052|0|33.5|2200
25-3031|4|18.5|6000
25-4022|5|34|1100
25-9045|0|17.5|13000
27-1013|3|0|6400
27-1024|4|26|2000
27-2042|3|38|6600
27-3031|4|34|3000
27-4011|3|26|800
29-1051|5|66|3000
29-1071|5|64|1500
29-1123|5|49|2300
29-1126|3|38|9000
29-1141|3|43|31000
29-1171|5|61|8000
29-1215|5|130|7000
29-1228|0|112|7000
29-1292|3|42|6000
29-2010|0|36|8000
29-2034|3|36|9000
29-2042|3|19|2000
29-2043|3|26|1000
29-2052|3|19.5|5000
29-2055|3|34|1100
29-2061|3|29.2|7200
29-2072|3|24|1900
31-1120|0|17|42000
31-1131|2|18.5|14000
31-2021|3|34|1000
31-9091|3|22.5|3700
31-9092|3|20.5|7600
31-9097|3|20.5|1400
33-1012|4|50|1300
33-2011|3|25.5|3100
33-3012|3|25|3600
33-3051|3|36|6600
33-9032|2|18|12000
35-1011|3|26|1800
35-1012|3|19.5|11000
35-2014|2|17|14000
35-3023|1|14.5|37000
35-3031|1|16|22000
37-1011|2|22|1800
37-2011|2|17|22000
37-2012|1|16|8000
37-3011|2|18|9000
39-7011|3|18|900
39-7012|3|19|300
39-5012|3|17|3700
39-9011|2|15|9000
39-9031|3|22|3200
41-1011|2|22.8|11000
41-2011|1|14.8|33000
41-2031|2|16.5|37000
41-3021|4|34|4700
41-3091|4|35|11000
41-4012|4|35.5|13000
41-9022|3|24|2000
43-1011|3|34|15000
43-3031|3|23|15000
43-4051|2|20.5|28000
43-5071|2|19.5|7000
43-6011|3|36|12000
43-6013|3|20|8000
43-6014|2|21.5|18000
43-9061|2|20|25000
45-1011|3|33|4000
45-2041|1|16|300
45-2092|2|17|6200
45-2093|2|18|1100
45-4022|2|24|300
45-4029|2|22|0
47-1011|3|38|8000
47-2031|3|33|15000
47-2051|2|25|2000
47-2061|2|22.5|11000
47-2073|2|33.5|4600
47-2111|3|30.4|9400
47-2152|2|35|7800
47-2211|3|34|1300
47-4011|3|34.5|1400
47-4090|0|23|500
49-1011|3|37|6000
49-2022|3|34|1600
49-3011|3|37|1400
49-3023|3|29.79|8200
49-3031|3|33.5|3000
49-9021|3|33.9|4400
49-9041|3|29.8|7400
49-9044|3|34|400
49-9051|3|41|1200
49-9071|3|23|15000
49-9081|3|31|0
51-1011|3|34.5|6700
51-2028|0|20.5|2600
51-2090|0|20.3|14000
51-3011|2|17.5|2000
51-4041|3|33|11000
51-4121|2|24.5|4000
51-8031|3|25.8|1200
51-9061|2|23|6000
51-9161|3|24|1800
53-1047|0|26|6000
53-2011|4|0|6200
53-3032|2|26|22000
53-3033|2|21|10000
53-7051|2|21|8000
53-7062|1|18.8|30000
53-7065|2|18|28000
"""

# Made-up Job Zone, jobs and median hourly wage of the components: code|zone|jobs|median (jobs and wage only where
# OEWS publishes the component instead of the combination; ** jobs not published, # median at or above the top code).
_COMPONENT_FIGURES = """
13-1021|3
13-1022|4
13-1023|4
13-1082|4|5000|45
13-1199|4|**|38
15-1242|4|900|49
15-1243|4|400|62
15-1252|4|17000|58
15-1253|4|1500|46
15-1254|3|4900|42
15-1255|2|2100|38
19-3033|5|4200|47
19-3034|5|2600|43
19-4043|2|4900|33
19-4044|4|2100|35
21-1011|4
21-1014|5
25-2055|4
25-2056|4
25-9042|3
25-9043|3
25-9049|2
29-1212|5|300|#
29-1213|5|200|#
29-1214|5|600|#
29-1217|5|200|#
29-1222|5|200|#
29-1224|5|300|#
29-1229|5|4200|#
29-1241|5|400|96
29-2011|4
29-2012|2
31-1121|2
31-1122|2
47-4091|2
47-4099|2
51-2022|2
51-2023|2
51-2092|2
51-2099|2
53-1042|3
53-1043|3
53-1044|3
53-1049|2
"""

# Combinations that OEWS does not publish itself: their components have rows of their own.
WITHOUT_OWN_WAGE_ROW = frozenset({"13-1198", "15-1245", "15-1256", "15-1257", "19-3031", "19-4045", "29-1228"})
# A SOC 2010 code that a projection still uses.
SOC_2010_LINES = frozenset({"19-3031"})
# Published as a line next to its own detailed occupations: an aggregate, never an occupation of the list (I16).
AGGREGATE_LINE = "39-7010"
TOTAL_CODE = "00-0000"
# Occupations that pay by the year only, or by the hour only, in every area.
ANNUAL_ONLY = frozenset({"25-1071", "25-2021", "25-2022", "25-2031", "25-2052", "25-9045", "53-2011"})
HOURLY_ONLY = frozenset({"27-2042"})
# Agriculture that the sample projections leave out; the supplement brings it (I9, K15).
SUPPLEMENT_LINES = ("45-1011", "45-2092", "45-2093")
# O*NET-SOC codes that have no Job Zone row, and one whose row holds no zone.
UNRATED_ONETSOC = frozenset({"15-1299.00", "15-2051.00"})
NULL_ZONE_ONETSOC = frozenset({"17-2112.00"})
# Detailed occupations that have no O*NET-SOC .00 code at all: only their children are rated.
WITHOUT_BASE_ONETSOC = frozenset({"13-2099", "17-2199"})
_CHILD_ZONES = {
    "11-1011.03": 5,
    "11-3031.01": 5,
    "13-1041.01": 4,
    "13-1041.07": 4,
    "13-2099.01": 5,
    "13-2099.04": 2,
    "15-1243.01": 4,
    "15-1299.01": 4,
    "15-1299.08": 4,
    "17-2199.05": 4,
    "17-2199.08": 3,
    "29-1141.01": 3,
    "29-1141.02": 5,
    "29-1141.03": 3,
    "29-1141.04": 5,
    "47-2152.04": 3,
}


def _rows(block: str) -> list[list[str]]:
    return [line.split("|") for line in block.strip().splitlines()]


@dataclass(frozen=True)
class Detailed:
    """A detailed SOC 2018 occupation with its place in the structure."""

    code: str
    title: str
    major: str
    minor: str
    broad: str


@dataclass(frozen=True)
class Line:
    """A line that the sample projections publish.

    Attributes:
        zone: made-up Job Zone of the detailed occupation; None for a combination.
        wage: made-up median hourly wage in USD, 0 where an edge gives another kind of wage.
        base: made-up jobs in the base year of the current cycle.
        components: the detailed codes of a combination, empty otherwise.
    """

    code: str
    title: str
    zone: int | None
    wage: float
    base: int
    components: tuple[str, ...] = ()


@dataclass(frozen=True)
class Component:
    """The made-up figures of one component; `jobs` and `wage` as OEWS would publish them, None where it does not."""

    code: str
    zone: int
    jobs: int | str | None = None
    wage: float | str | None = None


@dataclass(frozen=True)
class OnetOccupation:
    """An O*NET-SOC 2019 occupation of the sample; `zone` None where the sample has no rating."""

    code: str
    title: str
    soc_code: str
    zone: int | None


@cache
def majors() -> dict[str, str]:
    """Code to title of the 22 civilian major groups."""
    return dict(_rows(_MAJOR))


@cache
def minors() -> dict[str, str]:
    """Code to title of the minor groups in use."""
    return dict(_rows(_MINOR))


@cache
def detailed() -> dict[str, Detailed]:
    """Every detailed SOC 2018 occupation of the sample, in classification order."""
    result = {}
    for code, title, *broad in _rows(_DETAILED):
        minor = code[:4] + "000"
        if minor not in minors():
            minor = code[:4] + "200" if code.startswith("15-") else code[:4] + "100"
        result[code] = Detailed(code, title, code[:2] + "-0000", minor, broad[0] if broad else code[:6] + "0")
    return result


@cache
def broads() -> dict[str, str]:
    """Code to title of the broad occupations in use."""
    only_child = {d.broad: d.title for d in detailed().values()}
    return {code: title or only_child[code] for code, title in _rows(_BROAD)}


@cache
def combinations() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Code to (title, components) of the lines and OEWS codes that cover several detailed occupations."""
    titles = dict(_rows(_COMBINATION_TITLES))
    return {code: (titles[code], tuple(parts.split())) for code, parts in _rows(_COMPONENTS)}


@cache
def components() -> dict[str, Component]:
    """Figures of the components, by detailed code."""

    def figure(text: str) -> float | str:
        return text if text in ("#", "*", "**") else float(text)

    result = {}
    for code, zone, *rest in _rows(_COMPONENT_FIGURES):
        jobs = None if not rest else (rest[0] if rest[0] == "**" else int(rest[0]))
        result[code] = Component(code, int(zone), jobs, figure(rest[1]) if rest else None)
    return result


@cache
def lines() -> dict[str, Line]:
    """Every line that a complete file of projections would hold, without total and aggregate, in code order."""
    result = {}
    for code, zone, wage, base in _rows(_LINES):
        if code in combinations():
            title, parts = combinations()[code]
            result[code] = Line(code, title, None, float(wage), int(base), parts)
        else:
            result[code] = Line(code, detailed()[code].title, int(zone), float(wage), int(base))
    return result


def zone_of(soc_code: str) -> int:
    """The made-up Job Zone of a detailed occupation (before the edges take some away)."""
    line = lines().get(soc_code)
    if line is not None and line.zone is not None:
        return line.zone
    return components()[soc_code].zone


@cache
def onet_occupations() -> tuple[OnetOccupation, ...]:
    """O*NET-SOC occupations in code order: one .00 per detailed occupation, plus some children."""
    result = [
        OnetOccupation(f"{d.code}.00", d.title, d.code, None if f"{d.code}.00" in UNRATED_ONETSOC else zone_of(d.code))
        for d in detailed().values()
        if d.code not in WITHOUT_BASE_ONETSOC
    ]
    for code, title in _rows(_ONET_CHILDREN):
        if not code.endswith(".00"):
            result.append(OnetOccupation(code, title, code[:7], _CHILD_ZONES[code]))
    return tuple(sorted(result, key=lambda o: o.code))


@cache
def hybrid_rows() -> tuple[tuple[str, str, str, str, str, str, str, str, str | None], ...]:
    """Rows of the OEWS hybrid structure: code and title of OEWS, SOC 2018, OES 2018 and SOC 2010, then the note."""
    titles_2010 = dict(_rows(_TITLES_2010))
    titles_2018 = titles_2010 | dict(_rows(_TITLES_OES_2018))
    titles_oews = dict(_rows(_TITLES_OEWS)) | {c: t for c, (t, _) in combinations().items()}
    special: dict[str, list[list[str]]] = {}
    for row in _rows(_HYBRID):
        special.setdefault(row[1], []).append(row)

    def title(code: str, table: dict[str, str]) -> str:
        return table.get(code) or (detailed()[code].title if code in detailed() else broads()[code])

    result = []
    for code in detailed():
        for oews, soc_2018, oes_2018, soc_2010, note in special.get(code, [[code, code, code, code, ""]]):
            result.append(
                (
                    oews,
                    title(oews, titles_oews),
                    soc_2018,
                    detailed()[soc_2018].title,
                    oes_2018,
                    title(oes_2018, titles_2018),
                    soc_2010,
                    title(soc_2010, titles_2010),
                    note or None,
                )
            )
    return tuple(sorted(result, key=lambda r: (r[0], r[2], r[6])))


@cache
def soc_2010_rows() -> tuple[tuple[str, str, str, str], ...]:
    """Rows of the SOC 2010 to 2018 crosswalk with the marks (#) of a split and (##) of a merger in the titles."""
    titles = dict(_rows(_TITLES_2010))
    special: dict[str, list[list[str]]] = {}
    for row in _rows(_SOC_2010):
        special.setdefault(row[1], []).append(row)
    result = []
    for code, occupation in detailed().items():
        for old, new, split, merged in special.get(code, [[code, code, "", ""]]):
            old_title = titles.get(old) or detailed()[old].title
            result.append(
                (
                    old,
                    f"{old_title} ({split})" if split else old_title,
                    new,
                    f"{occupation.title} ({merged})" if merged else occupation.title,
                )
            )
    return tuple(sorted(result))
