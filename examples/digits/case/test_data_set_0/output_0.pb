
BprobabilitiesJ(©0w?Ë÷6;zÖd;h¶4;Y²;f4;—;©!;¤f¤;0B®;