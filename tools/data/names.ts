/** Names that are common in a Spanish-speaking country, the most frequent ones first in each list. */

/** First names of women. */
export const WOMEN = list(`
  María, Ana, Lucía, Sofía, Carmen, Laura, Marta, Martina, Valentina, Camila, Elena, Paula, Julia, Cristina,
  Isabel, Florencia, Carolina, Patricia, Mónica, Silvia, Andrea, Gabriela, Verónica, Natalia, Daniela, Victoria,
  Claudia, Rosa, Teresa, Graciela, Susana, Beatriz, Alicia, Norma, Adriana, Mariana, Lorena, Romina, Micaela,
  Agustina, Julieta, Milagros, Antonella, Brenda, Rocío, Pilar, Mercedes, Dolores, Soledad, Inés, Irene, Raquel,
  Ángela, Amelia, Azul, Noelia, Ximena, Jimena, Lourdes, Guadalupe, Esperanza, Consuelo, Delfina, Emilia,
  Catalina, Renata, Abril, Nélida, Zulema, Itatí, Belén, Rebeca, Sara, Begoña, Nuria, Úrsula
`);

/** First names of men. */
export const MEN = list(`
  Juan, José, Carlos, Luis, Santiago, Miguel, Jorge, Diego, Martín, Pablo, Lionel, Alejandro, Fernando, Daniel,
  Nicolás, Sebastián, Matías, Lucas, Mateo, Tomás, Joaquín, Facundo, Franco, Gonzalo, Ricardo, Roberto, Eduardo,
  Héctor, Raúl, Óscar, Rubén, Hugo, Víctor, Julio, Mario, Sergio, Gustavo, Marcelo, Claudio, Adrián, Andrés,
  Javier, Ramón, Ángel, Manuel, Francisco, Antonio, Enrique, Alberto, Alfredo, Ernesto, Emilio, Esteban, Ezequiel,
  Federico, Agustín, Bautista, Benjamín, Thiago, Ignacio, Leandro, Maximiliano, Mauricio, Néstor, Osvaldo, Ramiro,
  Rodrigo, Simón, Ulises, Valentín, Walter, Ximeno, Fabián, Íñigo, Germán, Saúl
`);

/** Last names. */
export const LAST_NAMES = list(`
  González, Rodríguez, Gómez, Fernández, López, Díaz, Martínez, Pérez, García, Sánchez, Romero, Sosa, Álvarez,
  Torres, Ruiz, Ramírez, Flores, Acosta, Benítez, Medina, Suárez, Herrera, Aguirre, Pereyra, Gutiérrez, Giménez,
  Molina, Silva, Castro, Rojas, Ortiz, Núñez, Luna, Juárez, Cabrera, Ríos, Morales, Godoy, Moreno, Ferreyra,
  Domínguez, Carrizo, Peralta, Castillo, Ledesma, Quiroga, Vega, Vera, Muñoz, Ojeda, Ponce, Villalba, Cardozo,
  Navarro, Coronel, Vázquez, Ramos, Vargas, Cáceres, Arias, Figueroa, Córdoba, Correa, Maldonado, Paz, Rivero,
  Miranda, Mansilla, Farías, Roldán, Méndez, Guzmán, Agüero, Hernández, Lucero, Cruz, Páez, Escobar, Mendoza,
  Barrios, Bustos, Ávila, Ayala, Blanco, Soria, Maidana, Acuña, Leiva, Duarte, Moyano, Campos, Soto, Martín,
  Valdez, Bravo, Chávez, Velázquez, Olivera, Toledo, Franco, Lorca, Delgado, Iglesias, Peña, Ibáñez, Zárate,
  Arce, Montenegro, Salinas, Aranda, Prieto, Vidal, Serrano, Cortés, Fuentes, Cano, Lozano, Marín, Reyes, Rubio,
  Santos, Sanz, Calvo, Gallego, Crespo, Pascual, Garrido, Nieto, Esteban, Durán, Caballero, León, Márquez, Bonilla,
  Bermúdez, Zúñiga, Ocaña, Cañas, Saldaña, Yáñez, Ordóñez, Quiñones, Castañeda, Argüello, Güemes, Echagüe,
  Sigüenza, Güiraldes, Echeverría, Etcheverry, Urquiza, Goicoechea, Iturralde, Zubiría, Larrañaga, Oyarzábal,
  Pueyrredón, Rivadavia, Sarmiento, Belgrano, Alberdi, Mitre, Rossi, Bianchi, Romano, Ferrari, Esposito, Colombo,
  Ricci, Marino, Conti, Russo, Schmidt, Müller, Weber, Kowalski, Haddad, Tanaka, De la Fuente, De la Torre,
  Del Valle, De los Santos, San Martín, Santa Cruz, Sáenz, Báez, Tévez, Riquelme, Batistuta, Palacios, Espínola,
  Vélez, Yrigoyen, Zabala, Zapata, Uribe, O'Higgins, O'Connor, D'Angelo, D'Alessandro, Pérez-Reverte,
  Sáenz-Peña, García-Huidobro, Ortiz-Basualdo
`);

function list(text: string): readonly string[] {
  return text.trim().split(/\s*,\s*/);
}
