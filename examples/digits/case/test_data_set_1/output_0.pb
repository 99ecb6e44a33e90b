
BprobabilitiesJ(¡âu= ›Þ=²Ã<Z\Ð>D]=N|„='Dû<KØÑ<8íî;Ž€_>